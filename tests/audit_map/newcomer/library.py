# SPDX-License-Identifier: Apache-2.0

"""The library: a Flask application that knows nothing of audit."""

import flask


def build():
    """Return the application, with a book and a member."""
    app = flask.Flask(__name__)
    api = flask.Blueprint('api', __name__, url_prefix='/api/v1')
    books = {
        '978-0261102385': {'isbn': '978-0261102385', 'title': 'The Two Towers'}
    }
    _serve_books(api, books)
    _serve_loans(api)
    _serve_members(api)
    _serve_the_rest(api)
    app.register_blueprint(api)
    return app


def _serve_books(api, books):
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
        return books[isbn] if isbn in books else flask.abort(404)

    @api.put('/books/<isbn>')
    def put_book(isbn):
        status = 200 if isbn in books else 201
        books[isbn] = flask.request.get_json()
        return books[isbn], status

    @api.delete('/books/<isbn>')
    def remove_book(isbn):
        if books.pop(isbn, None) is None:
            flask.abort(404)
        return '', 204


def _serve_loans(api):
    loans = []

    @api.get('/books/<isbn>/loans')
    def list_loans(isbn):
        return {'loans': [each for each in loans if each['isbn'] == isbn]}

    @api.post('/books/<isbn>/loans')
    def lend(isbn):
        member = flask.request.get_json()['member']
        loan = {'number': len(loans) + 1, 'isbn': isbn, 'member': member}
        loans.append(loan)
        return {'loan': loan}, 201

    @api.post('/books/<isbn>/loans/<int:number>/return')
    def take_back(isbn, number):
        loans[number - 1]['member'] = None
        return '', 204


def _serve_members(api):
    members = {'ada': {'card': 'valid'}}

    @api.get('/members/<name>/card')
    def show_card(name):
        return members[name]

    @api.patch('/members/<name>/card')
    def change_card(name):
        members[name].update(flask.request.get_json())
        return members[name]


def _serve_the_rest(api):
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
