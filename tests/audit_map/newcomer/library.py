# SPDX-License-Identifier: Apache-2.0

"""The library: a Flask application that knows nothing of audit."""

import flask


def build():
    """Return the application, with two books and a member."""
    app = flask.Flask(__name__)
    books = {
        '978-0261102385': {'isbn': '978-0261102385', 'title': 'The Two Towers'}
    }
    loans = {}
    members = {'ada': {'name': 'ada', 'card': 'valid'}}
    api = flask.Blueprint('api', __name__, url_prefix='/api/v1')

    def of_book(isbn):
        if isbn not in books:
            flask.abort(404)
        return books[isbn]

    @api.get('/books')
    def list_books():
        return {'books': list(books.values())}

    @api.post('/books')
    def add_book():
        book = flask.request.get_json()
        books[book['isbn']] = book
        answer = flask.jsonify(book)
        answer.headers['Location'] = f'/api/v1/books/{book["isbn"]}'
        return answer, 201

    @api.get('/books/<isbn>')
    def show_book(isbn):
        return of_book(isbn)

    @api.put('/books/<isbn>')
    def put_book(isbn):
        status = 200 if isbn in books else 201
        books[isbn] = flask.request.get_json()
        return books[isbn], status

    @api.delete('/books/<isbn>')
    def remove_book(isbn):
        del books[of_book(isbn)['isbn']]
        return '', 204

    @api.get('/books/<isbn>/loans')
    def list_loans(isbn):
        of_book(isbn)
        return {'loans': [loans[key] for key in loans if key[0] == isbn]}

    @api.post('/books/<isbn>/loans')
    def lend(isbn):
        of_book(isbn)
        number = len(loans) + 1
        member = flask.request.get_json()['member']
        loans[isbn, number] = {'number': number, 'member': member}
        return {'loan': loans[isbn, number]}, 201

    @api.post('/books/<isbn>/loans/<int:number>/return')
    def take_back(isbn, number):
        if (isbn, number) not in loans:
            flask.abort(404)
        del loans[isbn, number]
        return '', 204

    @api.get('/members/<name>/card')
    def show_card(name):
        return {'card': members[name]['card']}

    @api.patch('/members/<name>/card')
    def change_card(name):
        members[name]['card'] = flask.request.get_json()['card']
        return {'card': members[name]['card']}

    @api.get('/health')
    def health():
        return 'well'

    @api.get('/covers/<path:file>')
    def show_cover(file):
        return file

    @api.put('/covers/<path:file>')
    def put_cover(file):
        flask.request.get_data()
        return file, 201

    app.register_blueprint(api)
    return app
